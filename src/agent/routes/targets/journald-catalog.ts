// What `journalctl -x` says of a report in the journal: https://systemd.io/CATALOG/. One entry for each kind, by its MESSAGE_ID.

import { kindNames } from '../../../core/vocabulary.ts'
import { messageId } from './journald-fields.ts'

/** The file /usr/lib/systemd/catalog/faultline.catalog. */
export const catalogText = (): string => kindNames.map(entry).join('\n')

const entry = (kind: string): string => `-- ${messageId(kind)}
Subject: Kernel: @FAULTLINE_TITLE@
Defined-By: Faultline
Documentation: man:faultline-bundles(1)

The kernel reported an exception of kind ${kind}, severity @FAULTLINE_SEVERITY@.

The lines of the log stand in the message. Report, records around it and what was
collected at that moment are in a bundle:

    faultline bundles list
    faultline bundles show NAME

What it means, with the lines that show it and what to do next, is in the report.
The same bug has the same fingerprint wherever it strikes: @FAULTLINE_FINGERPRINT@
`
