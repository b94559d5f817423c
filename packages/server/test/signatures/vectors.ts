/** All vectors: the conformance table of signatures, which the tests run and the reference page lists. */
import { keyVectors } from './key-vectors.ts'
import { madeVectors } from './made-vectors.ts'
import { publishedVectors } from './published-vectors.ts'
import type { Vector } from './vector.ts'

export const vectors: readonly Vector[] = [...publishedVectors, ...madeVectors, ...keyVectors]
