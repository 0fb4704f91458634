/**
 * Loaded into a process before its program: tells the parent where it listens and, where REPORT_LOADED is set, which
 * files it loads. JavaScript, so that a process whose start is measured does not load Node's type stripping.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import { registerHooks } from 'node:module';

tracingChannel('net.server.listen').subscribe({
  asyncEnd({ server }) {
    process.send({ port: server.address().port });
  },
});

if (process.env.REPORT_LOADED !== undefined) {
  registerHooks({
    load(url, context, next) {
      process.send({ loaded: url });
      return next(url, context);
    },
  });
}
