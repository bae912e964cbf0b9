/// All pages of one listing, of some parts at once, and looked at one after the other by whoever asked.
///
/// A part has one page on its way or waiting to be looked at, so memory holds `atOnce` pages and the one that is looked at.
struct ListingPages: Sendable {
    let target: any IndexReader
    let listing: IndexListing
    let form: ListingForm
    let limit: Int
    let atOnce: Int
    let stop: StopRequest

    private enum Answer: Sendable {
        /// A page, or where it was asked for.
        case page(Result<IndexPage, TargetError>, ListingCursor)
        case count(Result<Int?, TargetError>)
    }

    /// Reads them all and ends the listing, however it comes out.
    ///
    /// What was listed is counted, and the cluster counts for itself what the point in time sees: fewer is an incomplete answer, and
    /// never a shorter list.
    func read(_ each: (IndexPage) -> Void) async -> Result<Void, TargetError> {
        var reached: [ListingCursor] = []
        let result = await pages(each, &reached)
        await target.endListing(listing, at: reached)
        return result
    }

    private func pages(
        _ each: (IndexPage) -> Void, _ reached: inout [ListingCursor]
    ) async -> Result<Void, TargetError> {
        await withTaskGroup(of: Answer.self) { group in
            var waiting = listing.beginnings[...]
            var failure: TargetError?
            var (listed, counted) = (0, Int?.none)
            group.addTask { .count(await count()) }
            for cursor in waiting.prefix(atOnce) { group.addTask { await page(cursor) } }
            waiting = waiting.dropFirst(atOnce)
            while let answer = await group.next() {
                switch answer {
                case .count(.success(let count)): counted = count
                case .page(.success(let page), _):
                    if let scroll = page.scroll { reached = [.scroll(scroll)] }
                    if failure != nil || stop.isRequested {
                        group.cancelAll()
                    } else {
                        // The next page is made while this one is looked at.
                        if let next = page.next ?? waiting.popFirst() { group.addTask { await self.page(next) } }
                        listed += page.documents.count
                        each(page)
                    }
                // What comes behind the first one was given up for its sake.
                case .page(.failure(let error), let cursor):
                    if case .scroll(.some) = cursor { reached = [cursor] }
                    failure = failure ?? error
                    group.cancelAll()
                case .count(.failure(let error)):
                    failure = failure ?? error
                    group.cancelAll()
                }
            }
            if let failure { return .failure(failure) }
            if !stop.isRequested, let counted, counted != listed {
                return .failure(
                    TargetError(
                        .incompleteAnswer, doing: "listing the documents of \(listing.index)",
                        message: "\(listed) of \(counted) documents were listed", address: ""))
            }
            return .success(())
        }
    }

    private func page(_ cursor: ListingCursor) async -> Answer {
        do throws(TargetError) {
            return .page(.success(try await target.page(cursor, of: listing, form, limit: limit)), cursor)
        } catch {
            return .page(.failure(error), cursor)
        }
    }

    private func count() async -> Result<Int?, TargetError> {
        do throws(TargetError) {
            return .success(try await target.countDocuments(in: listing))
        } catch {
            return .failure(error)
        }
    }
}
