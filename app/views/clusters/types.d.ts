// What the parts of the maps hand to each other.
import type { ImageSize } from "../../web/engine/image.js"
import type { Frame } from "./frame.js"
import type { PointIndex } from "./index.js"

/** Of a map's plane; or of a canvas, in CSS pixels from its top left. */
export type Point = [x: number, y: number]

/** Red, green and blue, 0 to 255. */
export type Color = number[]

/** The box around a map's points. */
export interface Box {
  left: number
  low: number
  width: number
  height: number
}

/** Zoom and middle of what is seen of a map, as the server knows it; see Frame. */
export type MapPart = [zoom: number, x: number, y: number]

/** How points are coloured: the tone of each [N], an index into a palette [256, 3]. */
export interface Colors {
  tones: Uint8Array | Uint8ClampedArray
  palette: Uint8Array | Uint8ClampedArray
}

/** What values' colours stand for: `most` is the largest, beyond `high` where that is a quantile. */
export interface Range {
  low: number
  high: number
  most: number
}

/** What all maps are painted alike by. */
export interface Look {
  theme: { text: Color; background: Color }
  dark: boolean
  /** The test images, where they are drawn. */
  images: Uint8Array | null
  /** The size of each. */
  size: ImageSize
  /** The numbers of the points that are selected, and of the others that are shown. */
  groups: { chosen: number[]; rest: number[] }
}

/** A map that is here: its points [N, 2], the same in pixels, what finds them, what is seen. */
export interface LoadedMap {
  points: Float32Array
  places: Float32Array
  index: PointIndex
  frame: Frame
}
