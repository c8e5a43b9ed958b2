import type { HTMLAttributes } from 'react';

type Props = HTMLAttributes<HTMLDivElement>;

/**
 * The parts of a table whose rows are placed one by one. Real table elements lose their meaning for assistive
 * technology as soon as their display is changed, so these say their role themselves.
 */
function part(role: 'table' | 'rowgroup' | 'row' | 'columnheader' | 'cell') {
  return (props: Props) => <div {...props} role={role} />;
}

export const Table = part('table');
export const RowGroup = part('rowgroup');
export const Row = part('row');
export const ColumnHeader = part('columnheader');
export const Cell = part('cell');
