// The size of images, until the views take it from their runs.
export { clipNorm, norm } from "./latent.js"

export const SIDE = 28
export const PIXELS = SIDE * SIDE
