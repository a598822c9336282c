import { writeFileSync } from 'node:fs'
import { generate, GENERATED } from './generate'

void generate().then((text) => writeFileSync(GENERATED, text))
