// The script of the threads.

import { answerTasks } from './answer.ts'
import { conversations, tasks } from './tasks.ts'

answerTasks(tasks, conversations)
