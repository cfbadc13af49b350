// What the threads can do. To add a task: a function of plain values, a place here.

import { decodeLog } from '../intake/decode-log.ts'
import { examineReport, localiseReports, readFile } from '../symbols/tasks.ts'

export const tasks = { decodeLog, readFile, localiseReports, examineReport }
export type TaskName = keyof typeof tasks
