/** A figure for people: three digits that count, thousands apart. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1_000) return rounded(value).toLocaleString('en-US');
  return String(rounded(value));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
