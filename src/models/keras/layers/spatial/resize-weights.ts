import type { Taps } from './taps.ts'

/** How images are resized along one axis. */
export interface Resampling {
  readonly from: number
  readonly to: number
  /** Whether what is made smaller is blurred first. */
  readonly isAntialiased: boolean
}

/** The interpolations that Keras has, by name: what each pixel of the result is made of. */
export const INTERPOLATIONS: ReadonlyMap<string, (resampling: Resampling) => readonly Taps[]> =
  new Map([
    ['nearest', nearest],
    ['bilinear', (resampling) => sampled(resampling, { radius: 1, at: (x) => 1 - x })],
    ['bicubic', bicubic],
    ['area', area],
    ['lanczos3', (resampling) => sampled(resampling, lanczos(3))],
    ['lanczos5', (resampling) => sampled(resampling, lanczos(5))],
    ['gaussian', (resampling) => sampled(resampling, GAUSSIAN)],
    ['mitchellcubic', (resampling) => sampled(resampling, MITCHELL)],
  ])

/** A kernel of a distance that is not negative; beyond `radius` it is 0. */
interface Kernel {
  readonly radius: number
  at(distance: number): number
}

const GAUSSIAN: Kernel = { radius: 1.5, at: (x) => Math.exp(-2 * x * x) }

const KEYS: Kernel = {
  radius: 2,
  at: (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
}

const MITCHELL: Kernel = {
  radius: 2,
  at: (x) =>
    x < 1 ? ((7 / 6) * x - 2) * x * x + 8 / 9 : (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9,
}

function lanczos(radius: number): Kernel {
  return {
    radius,
    at: (x) =>
      x <= 1e-3
        ? 1
        : (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) /
          (Math.PI * Math.PI * x * x),
  }
}

/** The pixel under the middle of each new one; single precision decides as in TensorFlow. */
function nearest({ from, to }: Resampling): readonly Taps[] {
  const scale = Math.fround(from / to)
  return each(to, (index) => {
    const start = Math.min(Math.floor(Math.fround((index + 0.5) * scale)), from - 1)
    return { start, weights: [1] }
  })
}

/** As TensorFlow's ScaleAndTranslate weighs pixels; those outside the image do not count. */
function sampled({ from, to, isAntialiased }: Resampling, kernel: Kernel): readonly Taps[] {
  const scale = Math.fround(1 / Math.fround(to / from))
  const widening = isAntialiased ? Math.max(scale, 1) : 1
  const reach = kernel.radius * widening
  const within = (position: number) => Math.min(Math.max(position, 0), from - 1)
  return each(to, (index) => {
    const middle = Math.fround((index + 0.5) * scale)
    const start = within(Math.ceil(middle - reach - 0.5))
    const end = within(Math.floor(middle + reach - 0.5))
    const weights = each(end - start + 1, (offset) => {
      const distance = Math.abs(start + offset + 0.5 - middle) / widening
      return distance < kernel.radius ? kernel.at(distance) : 0
    })
    return { start, weights: normalized(weights) }
  })
}

/** Steps that a pixel is divided into by TensorFlow's ResizeBicubic, which looks weights up in a table. */
const CUBIC_STEPS = 1024

/** Keys' cubic with a = -1/2, at the nearest of 1024 places within a pixel. */
function bicubic(resampling: Resampling): readonly Taps[] {
  if (resampling.isAntialiased) return sampled(resampling, KEYS)
  const { from, to } = resampling
  const scale = Math.fround(from / to)
  return each(to, (index) => {
    const place = Math.fround(Math.fround((index + 0.5) * scale) - 0.5)
    const before = Math.floor(place)
    const part = halfToEven((place - before) * CUBIC_STEPS) / CUBIC_STEPS
    const start = Math.max(before - 1, 0)
    const end = Math.min(before + 2, from - 1)
    const weights = each(end - start + 1, (offset) =>
      KEYS.at(Math.abs(start + offset - before - part)),
    )
    return { start, weights: normalized(weights) }
  })
}

/** The parts of the pixels that a new one covers. */
function area({ from, to }: Resampling): readonly Taps[] {
  const scale = Math.fround(from / to)
  return each(to, (index) => {
    const first = Math.fround(index * scale)
    const last = Math.min(Math.fround((index + 1) * scale), from)
    const start = Math.min(Math.floor(first), from - 1)
    const weights = each(Math.max(Math.ceil(last) - start, 1), (offset) => {
      const left = Math.max(start + offset, first)
      return Math.max(Math.min(start + offset + 1, last) - left, 0)
    })
    return { start, weights: normalized(weights) }
  })
}

function normalized(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Math.abs(total) < 1e-30 ? weights : weights.map((weight) => weight / total)
}

function halfToEven(number: number): number {
  const down = Math.floor(number)
  const rest = number - down
  return rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1
}

function each<T>(length: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => make(index))
}
