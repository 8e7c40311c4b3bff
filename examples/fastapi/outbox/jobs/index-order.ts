import * as z from 'zod'
import { pythonTask } from '../python-task.ts'

export default pythonTask('index-order', z.object({ orderId: z.string() }))
