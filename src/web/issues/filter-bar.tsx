import { createSignal, For, Show } from 'solid-js'
import { visible } from '../../core/render/safe.ts'
import { severityOrder } from '../../core/render/wording.ts'
import { useData } from '../api/data.ts'
import { may } from '../api/session.ts'
import type { IssueState } from '../api/types.ts'
import { t } from '../i18n/index.ts'
import { HandIn } from '../views/hand-in.tsx'
import { SearchField } from '../views/search-field.tsx'
import {
  clearFilters,
  filter,
  filtered,
  setFilter,
  sortOrder,
  sorts,
  stateFilter,
  type ValueFilter,
  valueFilters,
} from './filters.ts'

const states: readonly IssueState[] = ['new', 'recurring', 'regressed', 'fixed', 'known', 'ignored']

export function FilterBar(props: { count: number | undefined; searchRef: (element: HTMLInputElement) => void }) {
  const words = () => t().issues.filters
  return (
    <search class="filter-bar" aria-label={words().label}>
      <SearchField
        ref={props.searchRef}
        label={words().query}
        hint={words().queryHint}
        value={filter('query')}
        onSearch={text => setFilter('query', text)}
      />
      <select
        aria-label={words().state}
        value={stateFilter()}
        onChange={event => setFilter('state', event.currentTarget.value === 'open' ? '' : event.currentTarget.value)}
      >
        <option value="open">{t().issues.open}</option>
        <For each={states}>{state => <option value={state}>{t().issues.states[state]}</option>}</For>
        <option value="any">{t().issues.anyState}</option>
      </select>
      <select
        aria-label={words().severity}
        value={filter('severity')}
        onChange={event => setFilter('severity', event.currentTarget.value)}
      >
        <option value="">{t().issues.anySeverity}</option>
        <For each={severityOrder}>{severity => <option value={severity}>{t().severity[severity]}</option>}</For>
      </select>
      <label class="check">
        <input
          type="checkbox"
          checked={filter('fatal') === 'true'}
          onChange={event => setFilter('fatal', event.currentTarget.checked ? 'true' : undefined)}
        />
        {words().fatal}
      </label>
      <AddFilter />
      <select
        aria-label={t().issues.sort.label}
        class="order"
        value={sortOrder()}
        onChange={event =>
          setFilter('sort', event.currentTarget.value === 'last-seen' ? '' : event.currentTarget.value)
        }
      >
        <For each={sorts}>{sort => <option value={sort}>{t().issues.sort[sort]}</option>}</For>
      </select>
      <div class="chosen">
        <p class="quiet" role="status">
          {props.count === undefined ? '' : t().issues.count(props.count)}
        </p>
        <For each={valueFilters.filter(name => filter(name) !== '')}>
          {name => (
            <button
              type="button"
              class="chip"
              title={words().drop(words()[name])}
              onClick={() => setFilter(name, undefined)}
            >
              {words()[name]}: <b>{visible(filter(name))}</b> ×
            </button>
          )}
        </For>
        <Show when={filtered()}>
          <button type="button" class="line" onClick={clearFilters}>
            {words().clear}
          </button>
        </Show>
        <Show when={may('triager')}>
          <HandIn class="line hand-in" label={t().handIn.label} />
        </Show>
      </div>
    </search>
  )
}

/** A value of kind, kernel, model…: which one, then its name, offered as it is typed. */
function AddFilter() {
  const [of, setOf] = createSignal<ValueFilter>()
  const [text, setText] = createSignal('')
  const values = useData<{ values: string[] }>(() => {
    const name = of()
    return name === undefined ? undefined : { path: '/api/v1/values', query: { of: name, begins: text() } }
  }, true)
  const choose = (value: string): void => {
    const name = of()
    if (name === undefined || value.trim() === '') return
    setOf(undefined)
    setText('')
    setFilter(name, value.trim())
  }
  const take = (value: string): void => {
    setText(value)
    if (values.value()?.values.includes(value) === true) choose(value)
  }
  return (
    <span class="add-filter">
      <select
        aria-label={t().issues.filters.more}
        value={of() ?? ''}
        onChange={event => setOf(valueFilters.find(name => name === event.currentTarget.value))}
      >
        <option value="">{t().issues.filters.more}</option>
        <For each={valueFilters}>{name => <option value={name}>{t().issues.filters[name]}</option>}</For>
      </select>
      <Show when={of()}>
        {name => (
          <>
            <input
              ref={element => queueMicrotask(() => element.focus())}
              list="filter-values"
              aria-label={t().issues.filters[name()]}
              autocomplete="off"
              spellcheck={false}
              value={text()}
              onInput={event => take(event.currentTarget.value)}
              onKeyDown={event => {
                if (event.key === 'Enter') choose(event.currentTarget.value)
                if (event.key === 'Escape') setOf(undefined)
              }}
            />
            <datalist id="filter-values">
              <For each={values.value()?.values ?? []}>{value => <option value={value} />}</For>
            </datalist>
          </>
        )}
      </Show>
    </span>
  )
}
