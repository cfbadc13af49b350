// Windows in which rules, channels and silences are made.

import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { post } from '../api/client.ts'
import { t } from '../i18n/index.ts'
import { said } from '../i18n/said.ts'
import type { Channel, ChannelKind } from './alert-types.ts'
import { FilterError, filterOf } from './filter-words.ts'
import { FormDialog, type Made } from './pieces.tsx'

/** The filter, or an error in words. */
function readFilter(text: string): Record<string, unknown> {
  try {
    return filterOf(text)
  } catch (error) {
    throw error instanceof FilterError ? new Error(t().alerts.bad(error.word)) : error
  }
}

function FilterField(props: { id: string; onInput: (text: string) => void }) {
  return (
    <>
      <label for={props.id}>{t().alerts.only}</label>
      <input
        id={props.id}
        autocomplete="off"
        spellcheck={false}
        maxLength={1000}
        placeholder={t().alerts.onlyHint}
        onInput={event => props.onInput(event.currentTarget.value)}
      />
      <p class="quiet">{t().alerts.onlyAbout}</p>
    </>
  )
}

export function NewChannel(props: Made & { kinds: readonly ChannelKind[] }) {
  const [name, setName] = createSignal('')
  const [kind, setKind] = createSignal(props.kinds[0]?.name ?? '')
  const [given, setGiven] = createSignal<Record<string, string>>({})
  const shape = () => props.kinds.find(each => each.name === kind())
  const fields = () => Object.entries(shape()?.settings.properties ?? {})
  const submit = async (): Promise<void> => {
    const settings = Object.fromEntries(
      fields().flatMap(([field, { type }]) => {
        const text = given()[field]?.trim() ?? ''
        return text === '' ? [] : [[field, type === 'array' ? text.split(/[\s,]+/) : text]]
      }),
    )
    await post('/api/v1/alert-channels', { name: name().trim(), kind: kind(), settings })
    props.onMade()
  }
  return (
    <FormDialog
      title={t().alerts.addChannel}
      submit={t().alerts.addChannel}
      ready={name().trim() !== ''}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <label for="channel-name">{t().settings.name}</label>
      <input id="channel-name" autofocus maxLength={100} onInput={event => setName(event.currentTarget.value)} />
      <label for="channel-kind">{t().alerts.kind}</label>
      <select
        id="channel-kind"
        onChange={event => {
          setKind(event.currentTarget.value)
          setGiven({})
        }}
      >
        <For each={props.kinds}>{each => <option value={each.name}>{each.name}</option>}</For>
      </select>
      <p class="quiet">{said(shape()?.what ?? '')}</p>
      <For each={fields()}>
        {([field, { description }]) => (
          <>
            <label for={`channel-${field}`}>{field}</label>
            <input
              id={`channel-${field}`}
              autocomplete="off"
              spellcheck={false}
              required={shape()?.settings.required?.includes(field) ?? false}
              onInput={event => {
                const { value } = event.currentTarget
                setGiven(before => ({ ...before, [field]: value }))
              }}
            />
            <Show when={description}>{text => <p class="quiet">{said(text())}</p>}</Show>
          </>
        )}
      </For>
    </FormDialog>
  )
}

export function NewRule(props: Made & { channels: readonly Channel[] }) {
  const [name, setName] = createSignal('')
  const [occasion, setOccasion] = createSignal('new-issue')
  const [only, setOnly] = createSignal('')
  const [to, setTo] = createSignal<string[]>([])
  const [count, setCount] = createSignal(10)
  const [minutes, setMinutes] = createSignal(60)
  const [digest, setDigest] = createSignal(0)
  const submit = async (): Promise<void> => {
    await post('/api/v1/alert-rules', {
      name: name().trim(),
      occasion: occasion(),
      filter: readFilter(only()),
      channels: to(),
      count: count(),
      windowMs: minutes() * 60_000,
      digestMs: digest() * 60_000,
    })
    props.onMade()
  }
  const number = (id: string, label: string, value: number, set: (value: number) => void, min: number) => (
    <>
      <label for={id}>{label}</label>
      <input id={id} type="number" min={min} value={value} onInput={event => set(Number(event.currentTarget.value))} />
    </>
  )
  return (
    <FormDialog
      title={t().alerts.addRule}
      submit={t().alerts.addRule}
      ready={name().trim() !== ''}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <label for="rule-name">{t().settings.name}</label>
      <input id="rule-name" autofocus maxLength={100} onInput={event => setName(event.currentTarget.value)} />
      <label for="rule-occasion">{t().alerts.occasion}</label>
      <select id="rule-occasion" onChange={event => setOccasion(event.currentTarget.value)}>
        <For each={Object.entries(t().alerts.occasions)}>{([id, words]) => <option value={id}>{words}</option>}</For>
      </select>
      <Show when={occasion() === 'rate'}>{number('rule-count', t().alerts.count, count(), setCount, 1)}</Show>
      <Show when={occasion() === 'rate' || occasion() === 'host-dead'}>
        {number('rule-minutes', t().alerts.minutes, minutes(), setMinutes, 1)}
      </Show>
      <FilterField id="rule-only" onInput={setOnly} />
      {number('rule-digest', t().alerts.digest, digest(), setDigest, 0)}
      <fieldset>
        <legend>{t().alerts.to}</legend>
        <For each={props.channels} fallback={<p class="quiet">{t().alerts.none}</p>}>
          {channel => (
            <label>
              <input
                type="checkbox"
                onChange={event => {
                  const { checked } = event.currentTarget
                  setTo(before => (checked ? [...before, channel.id] : before.filter(each => each !== channel.id)))
                }}
              />{' '}
              {visible(channel.name)}
            </label>
          )}
        </For>
      </fieldset>
    </FormDialog>
  )
}

export function NewSilence(props: Made) {
  const [only, setOnly] = createSignal('')
  const [hours, setHours] = createSignal(8)
  const [note, setNote] = createSignal('')
  const submit = async (): Promise<void> => {
    await post('/api/v1/alert-silences', {
      filter: readFilter(only()),
      untilMs: Date.now() + hours() * 3_600_000,
      ...(note().trim() === '' ? {} : { note: note().trim() }),
    })
    props.onMade()
  }
  return (
    <FormDialog
      title={t().alerts.addSilence}
      submit={t().alerts.addSilence}
      ready={only().trim() !== '' && hours() > 0}
      onSubmit={submit}
      onClose={props.onClose}
    >
      <FilterField id="silence-only" onInput={setOnly} />
      <label for="silence-hours">{t().alerts.hours}</label>
      <input
        id="silence-hours"
        type="number"
        min={1}
        value={hours()}
        onInput={event => setHours(Number(event.currentTarget.value))}
      />
      <label for="silence-note">{t().alerts.note}</label>
      <input id="silence-note" maxLength={1000} onInput={event => setNote(event.currentTarget.value)} />
    </FormDialog>
  )
}
