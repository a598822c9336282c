/** Every field of a task of either product, as the fragment `Facts`. */
export const FACTS = `
  fragment Facts on Task {
    __typename id provider account region taskId type rawType status rawStatus isFinished progress
    startedAt endedAt durationSeconds message instances { id provider }
    ... on CdbTask { code asyncRequestId attachments { key value } }
    ... on PostgresTask {
      currentStep steps { stepId name progress message } detailHidden input output switchMode switchAt
    }
  }
`
