// What part of a map's plane its canvas shows. Places on the canvas are in CSS pixels.
const MARGIN = 0.94 // of the canvas that the whole map takes
const MOST_ZOOM = 60
const DIGITS = 5 // of a part's numbers: the farthest zoom's error is then a hundredth of a pixel

export class Frame {
  constructor(canvas, box) {
    Object.assign(this, { canvas, box })
    this.home()
  }

  home() {
    const { left, low, width, height } = this.box
    this.zoomed = 1
    this.center = [left + width / 2, low + height / 2]
  }

  // The part that is shown, as the server knows it: [zoom, middle x, middle y], the middle in shares
  // of the map's box; null where it is the whole map.
  get part() {
    if (this.zoomed === 1) return null
    const { left, low, width, height } = this.box
    const [x, y] = this.center
    return [this.zoomed, (x - left) / width, (y - low) / height].map((value) =>
      Number(value.toFixed(DIGITS)),
    )
  }

  set part(part) {
    this.home()
    if (!part) return
    const { left, low, width, height } = this.box
    this.zoomed = part[0]
    this.center = [left + part[1] * width, low + part[2] * height]
  }

  get middle() {
    return [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]
  }

  // A point [x, y] lies at [left + x scale, top - y scale].
  get transform() {
    const [across, down] = this.middle
    const room = 2 * Math.min(across / this.box.width, down / this.box.height)
    const scale = MARGIN * this.zoomed * room
    const [x, y] = this.center
    return { scale, left: across - x * scale, top: down + y * scale }
  }

  // The point at a place.
  pointAt(place) {
    const { scale, left, top } = this.transform
    return [(place[0] - left) / scale, (top - place[1]) / scale]
  }

  // The place of a point.
  placeOf(x, y) {
    const { scale, left, top } = this.transform
    return [left + x * scale, top - y * scale]
  }

  pan(right, down) {
    const { scale } = this.transform
    this.moveTo([this.center[0] - right / scale, this.center[1] + down / scale])
  }

  // Zoom by a factor; what lies at a place stays there.
  zoom(factor, place) {
    const before = this.pointAt(place)
    this.zoomed = Math.min(MOST_ZOOM, Math.max(1, this.zoomed * factor))
    const after = this.pointAt(place)
    this.moveTo(this.center.map((value, axis) => value + before[axis] - after[axis]))
  }

  // The middle of the canvas stays on the map.
  moveTo([x, y]) {
    const { left, low, width, height } = this.box
    this.center = [
      Math.min(left + width, Math.max(left, x)),
      Math.min(low + height, Math.max(low, y)),
    ]
  }
}
