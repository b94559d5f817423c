/**
 * The truths that the plans are tried against: how long work takes, in seconds, as a distribution that can be drawn from
 * and asked. Also the shares of callbacks that are lost.
 */

export const losses = [0.01, 0.1, 0.5, 1]

export const distributions = [
  { name: 'lognormal, 30 s, narrow', parts: [{ weight: 1, ...lognormal(30, 0.5) }] },
  { name: 'lognormal, 5 min, wide', parts: [{ weight: 1, ...lognormal(300, 1) }] },
  { name: 'Weibull, 2 min', parts: [{ weight: 1, ...weibull(120, 1.5) }] },
  {
    name: 'bimodal, 10 s and 4 min',
    parts: [
      { weight: 0.6, ...lognormal(10, 0.3) },
      { weight: 0.4, ...lognormal(240, 0.3) },
    ],
  },
].map(({ name, parts }) => ({
  name,
  /** The chance to run longer than this. */
  survival: (seconds) =>
    seconds <= 0 ? 1 : parts.reduce((sum, part) => sum + part.weight * part.survival(seconds), 0),
  draw(random) {
    let left = random()
    for (const part of parts) {
      if (left < part.weight) return part.draw(random)
      left -= part.weight
    }
    return parts[0].draw(random)
  },
}))

/** The same work, of which a share never ends: the ladder asks about it more than a hundred times a day. */
export function withStuck(distribution, share) {
  return {
    name: distribution.name,
    survival: (seconds) => share + (1 - share) * distribution.survival(seconds),
    draw: (random) => (random() < share ? Number.POSITIVE_INFINITY : distribution.draw(random)),
  }
}

/** Numbers between 0 and 1 that are the same for the same seed: mulberry32, public domain, Tommy Ettinger. */
export function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
}

function lognormal(median, sigma) {
  return {
    survival: (seconds) => normalTail(Math.log(seconds / median) / sigma),
    draw: (random) => median * Math.exp(sigma * normal(random)),
  }
}

function weibull(scale, shape) {
  return {
    survival: (seconds) => Math.exp(-((seconds / scale) ** shape)),
    draw: (random) => scale * (-Math.log1p(-random())) ** (1 / shape),
  }
}

function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** The chance of a normal number above this, within 1.2e-7 of itself: Numerical Recipes' Chebyshev fit of erfc. */
function normalTail(z) {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + x / 2)
  const fit = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ].reduceRight((sum, coefficient) => coefficient + t * sum, 0)
  const tail = (t * Math.exp(-x * x + fit)) / 2
  return z >= 0 ? tail : 1 - tail
}
