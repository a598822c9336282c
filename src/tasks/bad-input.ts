/** The caller's mistake. The message names the argument, the value given and the rule. */
export class BadInput extends Error {
  override readonly name = 'BadInput'

  constructor(
    readonly argument: string,
    message: string,
  ) {
    super(message)
  }
}
