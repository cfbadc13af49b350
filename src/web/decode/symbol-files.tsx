import { t } from '../i18n/index.ts'
import type { Session } from './session.ts'

/** Which symbols are used, and the way to be without them again. */
export function SymbolFiles(props: { session: Session }) {
  return (
    <p class="symbols quiet">
      {t().decode.symbols.used(props.session.symbols())}{' '}
      <button type="button" class="line" onClick={() => props.session.dropSymbols()}>
        {t().decode.symbols.drop}
      </button>
    </p>
  )
}
