// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * How large images are: pixels, and numbers a pixel (1 grey, 3 colours).
 * @typedef {object} ImageSize
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 */

/**
 * A run, and the largest of its codes' coordinates, by size.
 * @typedef {object} Run
 * @property {string} name
 * @property {string} label
 * @property {string} summary
 * @property {string} color
 * @property {string} source
 * @property {string} version
 * @property {ImageSize} image
 * @property {number} latentDim
 * @property {number | null} bound
 * @property {number} limit
 */

/**
 * Where the dataset's test images and their classes are.
 * @typedef {object} ImagesPayload
 * @property {string} source
 * @property {string} version
 * @property {ImageSize} image
 */

/**
 * How drawings are laid out as the dataset's images are; see framing.js.
 * @typedef {object} FramingPayload
 * @property {number} side
 * @property {boolean} byMass
 */

/**
 * The picture that is kept, uint8 [H,W] in base 64; empty without one.
 * @typedef {object} PictureState
 * @property {number} revision
 * @property {string} session
 * @property {string} value
 */

/**
 * What the view draws.
 * @typedef {object} Payload
 * @property {Run[]} runs
 * @property {ImagesPayload} images
 * @property {string} title
 * @property {string[]} classes
 * @property {FramingPayload} framing
 * @property {PictureState} picture
 * @property {boolean} drawable
 */

/** @type {import("../../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    runs: { list: {
      object: {
        name: "string",
        label: "string",
        summary: "string",
        color: "string",
        source: "string",
        version: "string",
        image: {
          object: {
            height: "integer",
            width: "integer",
            channels: "integer",
          },
        },
        latentDim: "integer",
        bound: { any: ["number", "null"] },
        limit: "number",
      },
    } },
    images: {
      object: {
        source: "string",
        version: "string",
        image: {
          object: {
            height: "integer",
            width: "integer",
            channels: "integer",
          },
        },
      },
    },
    title: "string",
    classes: { list: "string" },
    framing: {
      object: {
        side: "integer",
        byMass: "boolean",
      },
    },
    picture: {
      object: {
        revision: "integer",
        session: "string",
        value: "string",
      },
    },
    drawable: "boolean",
  },
}
