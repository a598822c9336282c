import type { ValidationRule } from 'graphql'
import { MAX_VALIDATION_ERRORS } from './limits'
import { operationShape } from './shape.rule'
import { documentSize } from './size.rule'

export const LIMIT_RULES: readonly ValidationRule[] = [documentSize, operationShape]

/** Beyond the errors allowed graphql-js adds one that says so. */
export const VALIDATION_OPTIONS = { maxErrors: MAX_VALIDATION_ERRORS - 1 }
