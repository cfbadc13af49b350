// What ABRT's reporter-ureport asks for: two addresses, answers in its own words. In its ureport.conf:
//
//   URL = https://faultline.example:8788
//   HTTPAuth = host:flh_…        a host's token

import multipart from '@fastify/multipart'
import { z } from 'zod'
import { say } from '../../../core/say.ts'
import { Gate } from '../../gate.ts'
import { Refusal } from '../../intake/refusal.ts'
import { MAX_UREPORT_BYTES, takeUreport } from '../../intake/ureport.ts'
import { described, type Routes } from '../route.ts'

const tags = ['intake']
const answerSchema = z.object({
  result: z.boolean().describe('whether it is known already'),
  bthash: z.string().describe('of the issue'),
  message: z.string(),
  reported_to: z.array(z.object({ reporter: z.string(), type: z.string(), value: z.string() })),
})

export const ureportRoutes: Routes = (app, { store, threads, metrics }) => {
  const gate = new Gate()
  app.register(multipart, {
    limits: { files: 1, fields: 4, parts: 5, fileSize: MAX_UREPORT_BYTES, fieldSize: 1024, headerPairs: 20 },
  })
  app.register(async inner => {
    inner.post(
      '/reports/new/',
      {
        config: { who: 'host' },
        schema: {
          ...described({ summary: 'A uReport, as ABRT sends it', tags, consumes: ['multipart/form-data'] }),
          response: { 202: { description: 'taken', type: 'object' } },
        },
      },
      async (request, reply) =>
        gate.pass(request.identity?.actor ?? '', async () => {
          if (!request.isMultipart())
            throw new Refusal(415, say`expected multipart/form-data with the report in "file"`)
          const file = await request.file()
          if (file === undefined) throw new Refusal(400, say`expected the report in the part "file"`)
          const taken = await takeUreport(store, threads, [await file.toBuffer()], request.identity?.host)
          metrics.bundles.inc({ result: taken.what })
          const [filed] = taken.reports
          const known = filed?.joinedBy !== 'first'
          const url = `${request.protocol}://${request.host}/issues/${filed?.issueId}`
          const answer: z.output<typeof answerSchema> = {
            result: known,
            bthash: filed?.issueId ?? '',
            message: `${known ? 'A known issue' : 'A new issue'}: ${url}`,
            reported_to: [{ reporter: 'Faultline', type: 'url', value: url }],
          }
          return reply.code(202).send(answer)
        }),
    )
    inner.post(
      '/reports/attach/',
      {
        config: { who: 'host' },
        schema: {
          ...described({ summary: 'What ABRT adds to a uReport: not kept', tags, consumes: ['multipart/form-data'] }),
          response: { 202: { description: 'heard', type: 'object' } },
        },
      },
      async (request, reply) => {
        // A comment or a link to another tracker; it is no evidence, and is read only to come to its end.
        const file = await request.file()
        file?.file.resume()
        return reply.code(202).send({ result: true })
      },
    )
  })
}
