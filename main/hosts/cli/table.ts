/**
 * Sets rows in columns for a terminal: two spaces between columns, no lines, header in capitals. Control
 * characters cannot reach the terminal.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header.map((title) => title.toUpperCase()), ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)));
  return all
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A time as `2026-03-12 14:05`, in the computer's own time zone; a dash for none. */
export function when(millis: number | null): string {
  if (millis === null) return '-';
  const time = new Date(millis);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function printable(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, ' ');
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(width - [...cell].length);
}
