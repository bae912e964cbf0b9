/// What the event loop knows, and what it is told.
extension Copy {
    enum Event: Sendable {
        case read(RowBatch?, reader: Int, seconds: Double)
        /// The read was given up because of a stop: the slice is NOT at its end.
        case readGivenUp(reader: Int)
        /// The server has no room for this reader beside the others, or no lock: they go on without it.
        case readerGivenUp(reader: Int, why: String)
        case encoded(EncodedBatch, SliceTable.Ticket, rowCount: Int, rowBytes: Int)
        /// The batch was given up because of a stop: it stays ahead of the watermark and is sent again by a resume.
        case deliveryGivenUp(byteCount: Int)
        case acknowledged(SliceTable.Ticket, BulkSender.Outcome)
        case checkpointed
        /// nil where it is not worth it.
        case split(first: SliceRecord, second: SliceRecord)
        case notSplit
        case stopRequested
        /// What people ask of the run is something else now.
        case paceChanged
        /// A pause goes on.
        case stillPaused
    }

    struct Reader {
        let source: KeysetSource
        /// The slice that it reads; nil where it waits for one.
        var slice: Int?
        var isReading = false
        var isConnected = false
        var isGone = false
    }

    /// A reader without a slice takes half of what another one has left.
    struct Split {
        let helper: Int
        let slice: Int
        var isUnderWay = false
    }

    struct State {
        var slices: SliceTable
        var readers: [Reader]
        /// How many of them are to read.
        var readerCount: ReaderCount
        /// The reader whose turn it is where there is no room for all.
        var turn = 0
        var fetch: FetchSize
        var keys: KeyDigest?
        var isStopping = false
        var isHopeless = false
        var batchesOut = 0
        /// Those of them whose rows are not encoded yet.
        var batchesUnencoded = 0
        /// Bytes of the batches that are out: of their rows, then of their bodies.
        var bytesOut = 0
        /// Encoded, and too large to be sent beside what is on its way; first come, first served.
        var unsent: [Unsent] = []
        var bytesSent = 0
        var window = Window()
        /// One after the other in which the cluster was waited for.
        var windowsForPermits = 0
        /// There was such a window: more permits than at first are worth their memory.
        var hasWaitedForPermits = false
        var isCheckpointing = false
        var split: Split?
        /// Somebody looks after the pause that there is.
        var isPauseWatched = false

        var readsUnderWay: Int { readers.count { $0.isReading } }

        var isDone: Bool {
            (slices.isAllRead || isStopping) && batchesOut == 0 && readsUnderWay == 0 && !isCheckpointing
                && split?.isUnderWay != true
        }
    }

    struct Unsent {
        let encoded: EncodedBatch
        let ticket: SliceTable.Ticket
        let rowCount: Int
    }

    /// What was waited for in a second or more, and as many answers as there are permits.
    struct Window {
        var answers = 0
        var seconds = 0.0
        var secondsForPermits = 0.0
    }
}
