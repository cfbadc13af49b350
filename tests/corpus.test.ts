// Other people's corpora. Figures: docs/titles.md; failing cases: node tests/corpus/report.ts --failures CORPUS.

import { holdFloors } from './corpus/hold.ts'
import { corpora } from './corpus/index.ts'

holdFloors(corpora.filter(corpus => !corpus.slow))
