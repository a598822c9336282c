import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql'
import { LIMITS } from './document-limits'

type Counted = 'aliases' | 'directives' | 'fragments' | 'spreads'

/** Refuses a document with more aliases, directives, fragments or spreads than anybody needs. */
export function documentSize(context: ValidationContext): ASTVisitor {
  const counts: Record<Counted, number> = { aliases: 0, directives: 0, fragments: 0, spreads: 0 }
  return {
    Field({ alias }) {
      if (alias !== undefined) counts.aliases++
    },
    Directive() {
      counts.directives++
    },
    FragmentDefinition() {
      counts.fragments++
    },
    FragmentSpread() {
      counts.spreads++
    },
    Document: {
      leave() {
        for (const [what, count] of Object.entries(counts) as [Counted, number][])
          if (count > LIMITS[what])
            context.reportError(
              new GraphQLError(`The document has ${count} ${what}; at most ${LIMITS[what]} are allowed`),
            )
      },
    },
  }
}
