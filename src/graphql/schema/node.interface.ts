import { Field, ID, InterfaceType } from 'type-graphql'

@InterfaceType({ description: 'Anything that can be fetched again by its id. Relay.' })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque; stable for the life of the object, and the same on every path.' })
  abstract readonly id: string
}
