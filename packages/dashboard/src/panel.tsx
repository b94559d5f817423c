/** One section of the page: its heading, and either its content, or why it is not known, or what to do to fill it. */
import { type ReactNode, useId } from 'react'
import type { Section } from './snapshot.ts'

interface PanelProps<Value> {
  title: string
  /** Said beside the title: a count, a limit. */
  note?: string | null
  section: Section<Value> | null
  /** Shown instead of the content where there is none; null where there is. */
  empty: (value: Value) => ReactNode
  children: (value: Value) => ReactNode
}

export function Panel<Value>({ title, note = null, section, empty, children }: PanelProps<Value>) {
  const heading = useId()
  return (
    <section className="panel" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {note === null ? null : <span className="faint">{note}</span>}
      </header>
      <Content section={section} empty={empty}>
        {children}
      </Content>
    </section>
  )
}

function Content<Value>({ section, empty, children }: Pick<PanelProps<Value>, 'section' | 'empty' | 'children'>) {
  if (section === null) return <div className="skeleton" aria-hidden="true" />
  if (section.kind === 'unknown') {
    return (
      <p className="notice unknown">
        <strong>Not known.</strong> {section.reason}. {section.hint}
      </p>
    )
  }
  const nothing = empty(section.value)
  return nothing === null ? children(section.value) : <div className="empty">{nothing}</div>
}
