/** What one check of the doctor is, apart from any finding. The table itself: `checks.ts`. */

export interface Check {
  severity: 'critical' | 'error' | 'warning' | 'info'
  title: string
  /** The question that it answers. */
  asks: string
  consequence: string
  remedy: string
  /** What it must see: text alone, several environments, the network, or what was recorded before. */
  needs: 'text' | 'several' | 'network' | 'history'
  /** Among checks of one severity, lower is mended first: the order in which a service starts. */
  mendRank: number
}
