/** A table that becomes a list of cards where the screen is narrow; each cell then carries its column's name. */
import type { ReactNode } from 'react'

interface Column<Row> {
  head: string
  cell: (row: Row) => ReactNode
  isNumeric?: boolean
  /** May take the room that others leave. */
  isWide?: boolean
}

interface DataTableProps<Row> {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
}

export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    <table>
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.head} scope="col" className={classOf(column)}>
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.head} data-head={column.head} className={classOf(column)}>
                <div>{column.cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function classOf<Row>({ isNumeric, isWide }: Column<Row>): string | undefined {
  if (isNumeric) return 'numeric'
  return isWide ? 'wide' : undefined
}
