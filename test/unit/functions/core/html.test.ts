import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { html } from '../../../../functions/core/html.ts';

describe('html', () => {
  it('lets no text out of a text or of an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const { text: page } = html`<p title="${text}">${text}</p>`;
        const inside = page.slice('<p title="'.length, -'</p>'.length);
        assert.equal(inside.match(/[<>"']/g)?.join(''), '">', 'the only marks left are those of the template');
      }),
    );
  });

  it('gives back what went in once it is read again', () => {
    const { text } = html`${`<a href="x">'&amp;'</a>`}`;
    assert.equal(text, '&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;');
  });

  it('keeps HTML, joins lists, and writes nothing for nothing', () => {
    const { text } = html`<ul>${[1, 2].map(each => html`<li>${each}</li>`)}</ul>${false}${undefined}${null}${0}`;
    assert.equal(text, '<ul><li>1</li><li>2</li></ul>0');
  });
});
