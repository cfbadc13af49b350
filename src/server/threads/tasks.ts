// What the threads can do. To add a task: a function of plain values, a place here. One that asks for something meanwhile
// is a conversation: its first parameter is an object of functions that are called where the server is.

import { keepBundle, unpackArchive } from '../intake/prepare.ts'
import { readUpload } from '../intake/read-upload.ts'
import { examineReport, localiseReports, readFile } from '../symbols/tasks.ts'

export const tasks = { readFile, localiseReports, examineReport }
export const conversations = { unpackArchive, keepBundle, readUpload }
