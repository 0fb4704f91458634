/** The unscaled value of a decimal as Avro and BigQuery store it: two's complement, big-endian, as short as it can be. */
export function decimalBytes(text: string, scale: number): Uint8Array {
  const [whole = '', fraction = ''] = text.split('.');
  let rest = BigInt(whole + fraction.padEnd(scale, '0'));
  const bytes: number[] = [];
  for (;;) {
    const byte = Number(BigInt.asUintN(8, rest));
    bytes.unshift(byte);
    rest >>= 8n;
    if (rest === (byte < 0x80 ? 0n : -1n)) return Uint8Array.from(bytes);
  }
}

/** Reads what `decimalBytes` wrote, in decimal notation without needless zeros. */
export function decimalText(bytes: Uint8Array, scale: number): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${fraction === '' ? '' : `.${fraction}`}`;
}
