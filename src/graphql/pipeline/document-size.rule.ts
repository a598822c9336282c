import { GraphQLError, type ASTVisitor, type NameNode, type ValidationContext } from 'graphql'
import { LIMITS } from './document-limits'

type Counted = 'aliases' | 'directives' | 'fragments' | 'spreads'

/** Refuses a document with more aliases, directives, fragments or spreads than anybody needs, or with a longer alias. */
export function documentSize(context: ValidationContext): ASTVisitor {
  const counts: Record<Counted, number> = { aliases: 0, directives: 0, fragments: 0, spreads: 0 }
  let longAlias: NameNode | null = null
  return {
    Field({ alias }) {
      if (alias === undefined) return
      counts.aliases++
      if (alias.value.length > LIMITS.aliasCharacters) longAlias ??= alias
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
        if (longAlias !== null)
          context.reportError(
            new GraphQLError(
              `An alias has ${longAlias.value.length} characters; at most ${LIMITS.aliasCharacters} are allowed`,
              { nodes: longAlias },
            ),
          )
        for (const [what, count] of Object.entries(counts) as [Counted, number][])
          if (count > LIMITS[what])
            context.reportError(
              new GraphQLError(`The document has ${count} ${what}; at most ${LIMITS[what]} are allowed`),
            )
      },
    },
  }
}
