import { Kind, type ASTVisitor, type NameNode, type SelectionSetNode, type ValidationContext } from 'graphql'
import { LimitExceeded } from '../refusal'
import { LIMITS } from './document-limits'

type Counted = 'aliases' | 'directives' | 'fragments' | 'spreads' | 'repetitions'

/** Refuses a document with more of these than anybody needs, or with a longer alias. */
export function documentSize(context: ValidationContext): ASTVisitor {
  const counts: Record<Counted, number> = {
    aliases: 0,
    directives: 0,
    fragments: 0,
    spreads: 0,
    repetitions: 0,
  }
  let longAlias: NameNode | null = null
  return {
    OperationDefinition({ selectionSet }) {
      counts.repetitions += repetitionsIn(selectionSet)
    },
    Field({ alias, selectionSet }) {
      if (selectionSet !== undefined) counts.repetitions += repetitionsIn(selectionSet)
      if (alias === undefined) return
      counts.aliases++
      if (alias.value.length > LIMITS.aliasCharacters) longAlias ??= alias
    },
    Directive() {
      counts.directives++
    },
    FragmentDefinition({ selectionSet }) {
      counts.repetitions += repetitionsIn(selectionSet)
      counts.fragments++
    },
    FragmentSpread() {
      counts.spreads++
    },
    Document: {
      leave() {
        if (longAlias !== null)
          context.reportError(
            new LimitExceeded(
              'alias_characters',
              `An alias has ${longAlias.value.length} characters; at most ${LIMITS.aliasCharacters} are allowed`,
              { nodes: longAlias },
            ),
          )
        for (const [what, count] of Object.entries(counts) as [Counted, number][])
          if (count > LIMITS[what])
            context.reportError(
              new LimitExceeded(
                what,
                `The document has ${count} ${what}; at most ${LIMITS[what]} are allowed`,
              ),
            )
      },
    },
  }
}

/** Inline fragments put in their places; named ones are counted where they are defined. */
function repetitionsIn(selectionSet: SelectionSetNode): number {
  const names: string[] = []
  collect(selectionSet)
  return names.length - new Set(names).size

  function collect({ selections }: SelectionSetNode): void {
    for (const node of selections)
      if (node.kind === Kind.FIELD) names.push((node.alias ?? node.name).value)
      else if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet)
  }
}
