// What Streamlit gives a component of its second version, and what it leaves in the window.

/** What a component is called with, at first and whenever its data change. */
export interface Component<Data> {
  data: Data
  parentElement: HTMLElement | ShadowRoot
  setStateValue(name: string, value: unknown): void
  setTriggerValue(name: string, value: unknown): void
}

declare global {
  interface Window {
    __streamlit?: { BACKEND_BASE_URL?: string }
  }
}
