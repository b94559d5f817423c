/** The status page in a real browser, served by the real server. Its parts are tested beside them in packages/dashboard. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { page, pdf } from '../document/pdf.ts'
import { ADMIN_KEY, setup } from '../document/setup.ts'
import { testWith } from '../outside.ts'

const execute = promisify(execFile)

/** The page as it stands after some seconds of the browser's own, faster time. */
async function render(chromium: string, url: string): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'becket-page-'))
  try {
    const { stdout } = await execute(
      chromium,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${profile}`,
        '--virtual-time-budget=8000',
        '--dump-dom',
        url,
      ],
      { maxBuffer: 16 * 1024 * 1024, timeout: 60_000 },
    )
    return stdout
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

testWith(
  'chromium',
  'the status page shows health and what became of a document, and keeps the key out of sight',
  async (chromium) => {
    await using bundle = await setup()
    const document = await bundle.submit(pdf(page('Tides')), { filename: 'tides.pdf' })
    await bundle.ended(document)

    const shown = await render(chromium, `${bundle.url}/#key=${ADMIN_KEY}`)

    expect(shown).toContain('healthy')
    expect(shown).toContain('tides.pdf')
    expect(shown).toContain('complete')
    expect(shown).not.toContain(ADMIN_KEY)
  },
)

testWith('chromium', 'without a key the status page asks for one and says how to make it', async (chromium) => {
  await using bundle = await setup()
  const shown = await render(chromium, `${bundle.url}/`)
  expect(shown).toContain('becket keys create')
  expect(shown).not.toContain('tides.pdf')
})
