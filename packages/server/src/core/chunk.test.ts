import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHUNKER_VERSION, type ChunkOptions, chunkId, chunkMarkdown } from './chunk.ts'
import { estimateTokens } from './token-estimate.ts'

const words = (count: number, word = 'word') => Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ')
const sentences = (count: number) => Array.from({ length: count }, (_, index) => `This is sentence ${index}.`).join(' ')
const solid = (text: string) => text.replace(/\s/g, '')
const contentsOf = (text: string, options: ChunkOptions) => chunkMarkdown(text, options).map(({ content }) => content)

/** Markdown as parsers write it, and worse: every kind of block, in every order, also broken ones. */
const inline = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    'word',
    'Two sentences. Here they are!',
    '中文句子。还有一个！',
    'नमस्ते',
    '😀😀',
    '...',
    '`',
    '|',
    '#',
    '\r',
  ),
  fc.nat({ max: 80 }).map((count) => sentences(count)),
  fc.nat({ max: 400 }).map((count) => 'x'.repeat(count)),
)
const block = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 7 }), inline).map(([level, title]) => `${'#'.repeat(level)} ${title}`),
  inline,
  fc.array(inline, { maxLength: 6 }).map((lines) => `\`\`\`\n${lines.join('\n')}\n\`\`\``),
  fc.array(inline, { maxLength: 6 }).map((lines) => lines.map((line) => `| ${line} |`).join('\n')),
  fc.array(inline, { maxLength: 6 }).map((lines) => lines.map((line) => `- ${line}`).join('\n')),
  fc.constantFrom('```', '~~~', '<table><tr>', '</table>', '   ', '\t'),
)
const markdown = fc.array(fc.tuple(block, fc.constantFrom('\n', '\n\n', '\r\n\r\n', ' ')), { maxLength: 25 })
const texts = fc.oneof(
  markdown.map((blocks) => blocks.flat().join('')),
  fc.string({ unit: 'binary', maxLength: 400 }),
)
const optionsWithout = fc
  .record({ maxTokens: fc.integer({ min: 16, max: 200 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ maxTokens, share }) => ({ maxTokens, minTokens: Math.floor(maxTokens * share) }))

describe('chunks of any text', () => {
  it('hold all of it, in order, and nothing else', () => {
    fc.assert(
      fc.property(texts, optionsWithout, (text, options) => {
        expect(solid(contentsOf(text, options).join(''))).toBe(solid(text))
      }),
      { numRuns: 300 },
    )
  })

  it('are never larger than allowed, with overlap or without', () => {
    fc.assert(
      fc.property(texts, optionsWithout, fc.double({ min: 0, max: 0.5, noNaN: true }), (text, { maxTokens }, share) => {
        const overlapTokens = Math.floor(maxTokens * share)
        const chunks = chunkMarkdown(text, { maxTokens, minTokens: 8, overlapTokens })
        for (const [index, chunk] of chunks.entries()) {
          expect(chunk.tokens).toBeLessThanOrEqual(maxTokens)
          expect(chunk.tokens).toBe(estimateTokens(chunk.content))
          expect(chunk.ordinal).toBe(index)
          expect(chunk.content.trim()).not.toBe('')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are the same each time, and never end or begin inside a character', () => {
    fc.assert(
      fc.property(texts, optionsWithout, (text, options) => {
        const wellFormed = text.replace(/\p{Surrogate}/gu, '')
        const contents = contentsOf(wellFormed, options)
        expect(contentsOf(wellFormed, options)).toEqual(contents)
        for (const content of contents) expect(content).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })

  it('repeat the end of the chunk before where overlap is asked for, and are otherwise whole', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const contents = contentsOf(text, { maxTokens: 60, minTokens: 8, overlapTokens: 12 })
        let rest = solid(text)
        for (const content of contents) {
          const plain = solid(content)
          // Some beginning of it was said before; what is left continues the text.
          let repeated = 0
          while (repeated < plain.length && !rest.startsWith(plain.slice(repeated))) repeated++
          rest = rest.slice(plain.length - repeated)
        }
        expect(rest).toBe('')
      }),
      { numRuns: 30 },
    )
  })

  it('are made in linear time', () => {
    for (const part of ['. ', '.', ' ', '\n', '|a|\n', '# a\n', '```\n', '<table\n', '。', 'a', '- a\n', '\u00a0']) {
      expect(
        chunkMarkdown(part.repeat(300_000 / part.length), { maxTokens: 400, minTokens: 50 }).length,
      ).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('chunks of a document', () => {
  const options = { maxTokens: 120, minTokens: 10 }

  it('of nothing are none', () => {
    expect(chunkMarkdown('', options)).toEqual([])
    expect(chunkMarkdown(' \n\t\n', options)).toEqual([])
  })

  it('begin at headings, and say under which ones they stand', () => {
    const text = `# Policy\n\n${words(20)}\n\n## Cover\n\n${words(20)}\n\n### Limits ###\n\n${words(20)}\n\n## Claims\n\n${words(20)}`
    expect(chunkMarkdown(text, options).map(({ heading }) => heading)).toEqual([
      'Policy',
      'Policy › Cover',
      'Policy › Cover › Limits',
      'Policy › Claims',
    ])
  })

  it('have no heading before the first one', () => {
    expect(chunkMarkdown(`${words(20)}\n\n# Later\n\n${words(20)}`, options).map(({ heading }) => heading)).toEqual([
      '',
      'Later',
    ])
  })

  it('take in the sections that are too small to stand alone', () => {
    const chunks = chunkMarkdown('# A\n\none\n\n# B\n\ntwo\n\n# C\n\nthree', options)
    expect(chunks).toHaveLength(1)
    expect(chunks[0]?.heading).toBe('A')
  })

  it('never end with a heading whose text is in the next one', () => {
    for (const minTokens of [0, 5, 40]) {
      for (const length of [5, 12, 13, 14, 60]) {
        const text = `intro\n\n# Title\n\n${sentences(length)}\n\n## Another\n\n${sentences(length)}`
        const contents = contentsOf(text, { maxTokens: 80, minTokens })
        for (const content of contents) expect(content).not.toMatch(/# (?:Title|Another)$/)
      }
    }
  })

  it('end between paragraphs where these fit, else between sentences', () => {
    const paragraphs = [sentences(8), sentences(8), sentences(8)]
    const fitting = estimateTokens(sentences(8)) + 5
    expect(contentsOf(paragraphs.join('\n\n'), { maxTokens: fitting, minTokens: 10 })).toEqual(paragraphs)
    for (const content of contentsOf(sentences(40), { maxTokens: 50, minTokens: 10 })) {
      expect(content).toMatch(/^This.*\.$/)
    }
  })

  it('end between words where a sentence is too long, and inside one only where it must be', () => {
    for (const content of contentsOf(words(100), { maxTokens: 30, minTokens: 0 }))
      expect(content).toMatch(/^word\d+(?: word\d+)*$/)
    expect(contentsOf('x'.repeat(200), { maxTokens: 16, minTokens: 0 }).map(({ length }) => length)).toEqual([
      64, 64, 64, 8,
    ])
  })

  it('go on after a table that is never closed', () => {
    const text = `<table>\n<tr>\n\n# Next\n\n${words(30)}`
    expect(chunkMarkdown(text, { maxTokens: 100, minTokens: 0 }).map(({ heading }) => heading)).toEqual(['', 'Next'])
  })

  it('clip a heading that is no title', () => {
    const [chunk] = chunkMarkdown(`# ${'😀'.repeat(100)}\n\ntext`, { maxTokens: 500, minTokens: 0 })
    expect(chunk?.heading).toMatch(/^(?:😀){59}…$/u)
  })

  it('keep code and tables whole where they fit, blank lines and headings in them too', () => {
    const code = '```sh\n# not a heading\n\necho one. two. three.\n```'
    const table = ['| a | b |', '|---|---|', '| 1. x | 2 |', '| 3 | 4 |'].join('\n')
    const html = '<table>\n<tr><td>a</td></tr>\n\n<tr><td>b</td></tr>\n</table>'
    for (const whole of [code, table, html]) {
      const contents = contentsOf(`${sentences(9)}\n\n${whole}\n\n${sentences(9)}`, { maxTokens: 80, minTokens: 60 })
      expect(contents.filter((content) => content.includes(whole))).toHaveLength(1)
    }
  })

  it('cut code and tables that do not fit between lines', () => {
    const rows = Array.from({ length: 60 }, (_, index) => `| row ${index} | value |`)
    const contents = contentsOf(rows.join('\n'), { maxTokens: 60, minTokens: 10 })
    expect(contents.length).toBeGreaterThan(1)
    expect(contents.flatMap((content) => content.split('\n'))).toEqual(rows)
  })

  it('end after a sentence in Chinese as well, where no white space follows', () => {
    for (const content of contentsOf('这是一个句子。'.repeat(30), { maxTokens: 40, minTokens: 10 }))
      expect(content).toMatch(/。$/)
  })

  it('do not repeat anything before a heading', () => {
    const text = `${words(30)}\n\n# Next\n\n${words(30)}`
    expect(contentsOf(text, { maxTokens: 100, minTokens: 10, overlapTokens: 20 })[1]).toMatch(/^# Next/)
  })

  it.each([
    [{ maxTokens: 4, minTokens: 0 }, 'maxTokens must be 16 or more, not 4'],
    [{ maxTokens: 100, minTokens: 200 }, 'minTokens must be between 0 and maxTokens less overlapTokens, not 200'],
    [
      { maxTokens: 100, minTokens: 0, overlapTokens: 60 },
      'overlapTokens must be between 0 and half of maxTokens, not 60',
    ],
    [{ maxTokens: Number.NaN, minTokens: 0 }, 'maxTokens must be 16 or more, not NaN'],
  ])('are refused with words where the options cannot work: %j', (bad, words) => {
    expect(() => chunkMarkdown('text', bad)).toThrow(words)
  })
})

describe('a chunk’s id', () => {
  it('is the same for the same chunk, and another for any other', () => {
    const id = chunkId('doc_1', CHUNKER_VERSION, 0)
    expect(id).toMatch(/^chk_[0-9a-f]{32}$/)
    expect(chunkId('doc_1', CHUNKER_VERSION, 0)).toBe(id)
    const others = [
      chunkId('doc_1', CHUNKER_VERSION, 1),
      chunkId('doc_1', 'markdown-2', 0),
      chunkId('doc_11', CHUNKER_VERSION, 0),
    ]
    expect(new Set([id, ...others]).size).toBe(4)
  })
})

describe('the estimate of tokens', () => {
  it.each([
    ['', 0],
    ['word', 1],
    ['a sentence of words', 6],
    ['12345', 2],
    ['a, b', 3],
    ['привет', 6],
    ['中文', 4],
    ['😀', 3],
    ['a\n\nb', 3],
  ])('of %j is %d', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens)
  })

  it('never grows when two texts are joined, unless inside white space', () => {
    const part = fc.string({ unit: 'grapheme' }).map((text) => text.trim())
    fc.assert(
      fc.property(part, part, fc.constantFrom('', ' ', '\n\n'), (left, right, gap) => {
        const apart = estimateTokens(left) + estimateTokens(gap) + estimateTokens(right)
        expect(estimateTokens(left + gap + right)).toBeLessThanOrEqual(apart)
      }),
    )
  })
})
