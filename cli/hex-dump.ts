const bytesPerLine = 16;

/** The first bytes, as `hexdump -C` shows them. */
export function hexDump(bytes: Uint8Array, most = 256): string {
  const lines: string[] = [];
  for (let start = 0; start < Math.min(bytes.length, most); start += bytesPerLine) {
    const part = [...bytes.subarray(start, Math.min(start + bytesPerLine, most))];
    const hex = part.map(byte => byte.toString(16).padStart(2, '0')).join(' ');
    const text = part.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${start.toString(16).padStart(8, '0')}  ${hex.padEnd(bytesPerLine * 3 - 1)}  |${text}|\n`);
  }
  if (bytes.length > most) lines.push(`… and ${bytes.length - most} bytes more\n`);
  return lines.join('');
}
