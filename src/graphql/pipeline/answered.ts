import type { GraphQLRequestContextWillSendResponse } from '@apollo/server'
import type { GraphContext } from '../context'

/** A request by HTTP whose answer is there, and may still be changed. */
export type Answered = GraphQLRequestContextWillSendResponse<GraphContext>
