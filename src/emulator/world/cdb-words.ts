/** TaskStatus: the number it is asked for by, and the word it is answered as (the document's tables). */
export const CDB_STATUSES: ReadonlyMap<number, string> = new Map([
  [-1, 'UNDEFINED'],
  [0, 'INITIAL'],
  [1, 'RUNNING'],
  [2, 'SUCCEED'],
  [3, 'FAILED'],
  [4, 'KILLED'],
  [5, 'REMOVED'],
  [6, 'PAUSED'],
])

/** TaskTypes: the number it is asked for by, and the word it is answered as; 4 does not exist. */
export const CDB_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'ROLLBACK'],
  [2, 'SQL OPERATION'],
  [3, 'IMPORT DATA'],
  [5, 'MODIFY PARAM'],
  [6, 'INITIAL'],
  [7, 'REBOOT'],
  [8, 'OPEN GTID'],
  [9, 'UPGRADE RO'],
  [10, 'BATCH ROLLBACK'],
  [11, 'UPGRADE MASTER'],
  [12, 'DROP TABLES'],
  [13, 'SWITCH DR TO MASTER'],
])
