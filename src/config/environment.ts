const SHOWN_CHARACTERS = 100

/** The process's environment, or a part of it. */
export type Variables = Readonly<Record<string, string | undefined>>

/** What an integer setting may be. */
export interface IntegerRule {
  readonly min: number
  readonly max: number
  readonly fallback: number
}

/** Reads settings from variables and remembers what is wrong with them, so that all of it is told at once. */
export class Environment {
  readonly problems: string[] = []
  readonly warnings: string[] = []
  readonly #variables: Variables

  constructor(variables: Variables) {
    this.#variables = variables
  }

  /** The names that are set to something. */
  names(): readonly string[] {
    return Object.keys(this.#variables).filter((name) => this.text(name) !== null)
  }

  /** Without the blanks around it (a mounted secret often ends in a line feed); empty is not set. */
  text(name: string): string | null {
    const value = Object.hasOwn(this.#variables, name) ? this.#variables[name]?.trim() : undefined
    return value === undefined || value === '' ? null : value
  }

  /** A comma list: entries without the blanks around them, empty ones left out. */
  list(name: string): readonly string[] | null {
    const entries = this.text(name)?.split(',')
    return entries?.map((entry) => entry.trim()).filter((entry) => entry !== '') ?? null
  }

  integer(name: string, { min, max, fallback }: IntegerRule): number {
    const text = this.text(name)
    if (text === null) return fallback
    const value = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= max) return value
    this.refuse(name, `it must be a whole number from ${min} to ${max}, in digits`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.text(name)
    if (text === null) return fallback
    if (text !== 'true' && text !== 'false') this.refuse(name, 'it must be true or false')
    return text === 'true'
  }

  choice(name: string, choices: readonly string[], fallback: string): string {
    const text = this.text(name)
    if (text === null) return fallback
    if (choices.includes(text)) return text
    this.refuse(name, `it must be one of ${choices.join(', ')}`)
    return fallback
  }

  /** Reports a value by name, value and rule. Not for secrets. */
  refuse(name: string, rule: string): void {
    this.problems.push(`${name} is ${quoted(this.text(name) ?? '')}: ${rule}`)
  }

  /** Reports a value that must not be shown. */
  refuseSecret(name: string, rule: string): void {
    this.problems.push(`${name} (its value is not shown): ${rule}`)
  }
}

/** For a message: control characters escaped, long text cut. */
export function quoted(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return JSON.stringify(cut)
}
