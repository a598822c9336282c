import { describeHttpHistories } from './support/paging/http-histories'
import { OPTIONS } from './support/paging/options'

describe('a walk over HTTP, through a gateway that serves answers up to a second old', () => {
  describeHttpHistories({ histories: 10, options: OPTIONS })
})
