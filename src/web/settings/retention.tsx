import { createSignal, For, Show } from 'solid-js'
import { post, put } from '../api/client.ts'
import { useData } from '../api/data.ts'
import { t } from '../i18n/index.ts'
import { say } from '../shell/toasts.tsx'
import { Ago } from '../views/ago.tsx'
import type { Retention as Kept, Policy, RetentionResult } from './alert-types.ts'
import { doing, Loaded } from './pieces.tsx'

const DAY_MS = 24 * 60 * 60 * 1000
const GB = 1024 ** 3

/** A key of the policy in the unit that a person thinks in. */
const fields = [
  { key: 'perIssue', unit: 1, label: () => t().retention.perIssue, min: 1 },
  { key: 'maxAgeMs', unit: DAY_MS, label: () => t().retention.maxAge, min: 0 },
  { key: 'ignoredAgeMs', unit: DAY_MS, label: () => t().retention.ignoredAge, min: 0 },
  { key: 'maxBytes', unit: GB, label: () => t().retention.maxGigabytes, min: 0 },
  { key: 'logAgeMs', unit: DAY_MS, label: () => t().retention.logAge, min: 0 },
  { key: 'logBytes', unit: GB, label: () => t().retention.logGigabytes, min: 0 },
  { key: 'symbolAgeMs', unit: DAY_MS, label: () => t().retention.symbolAge, min: 0 },
] as const satisfies readonly { key: keyof Policy; unit: number; label: () => string; min: number }[]

/** What is kept, and for how long. */
export default function Retention() {
  const data = useData<Kept>(() => ({ path: '/api/v1/retention' }), true)
  const [changed, setChanged] = createSignal<Partial<Policy>>({})
  const save = async (policy: Policy): Promise<void> => {
    const wanted = { ...policy, ...changed() }
    if (await doing(() => put('/api/v1/retention', wanted), t().retention.saved)) data.again()
  }
  const run = (): Promise<boolean> =>
    doing(async () => {
      const { outlined, swept } = await post<RetentionResult>('/api/v1/retention/run')
      const count = Object.values(outlined).reduce((sum, each) => sum + each, 0)
      say(t().retention.ran(count, t().bytes(swept.bytes)))
      data.again()
    }, t().settings.done)
  return (
    <Loaded data={data}>
      {value => (
        <>
          <p class="quiet">{t().retention.about}</p>
          <form
            class="stack-form"
            onSubmit={event => {
              event.preventDefault()
              void save(value().policy)
            }}
          >
            <For each={fields}>
              {({ key, unit, label, min }) => (
                <>
                  <label for={`retention-${key}`}>{label()}</label>
                  <input
                    id={`retention-${key}`}
                    type="number"
                    min={min}
                    step="any"
                    value={(changed()[key] ?? value().policy[key]) / unit}
                    onInput={event => {
                      const number = Math.round(Number(event.currentTarget.value) * unit)
                      setChanged(before => ({ ...before, [key]: number }))
                    }}
                  />
                </>
              )}
            </For>
            <button type="submit" class="primary">
              {t().retention.save}
            </button>
          </form>
          <p>
            <button type="button" onClick={() => void run()}>
              {t().retention.run}
            </button>
          </p>
          <Show when={value().last?.at}>
            {at => (
              <p class="quiet">
                {t().retention.last} <Ago at={at()} />
              </p>
            )}
          </Show>
        </>
      )}
    </Loaded>
  )
}
