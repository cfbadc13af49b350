// Transports, interleaving, concatenation: some ten thousand logs to decode, so apart from the fast tests.

import { holdFloors } from '../corpus/hold.ts'
import { corpora } from '../corpus/index.ts'

holdFloors(corpora.filter(corpus => corpus.slow))
