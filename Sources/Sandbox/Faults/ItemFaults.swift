/// Faults that leave the request alone and tell of its items wrongly.
enum ItemFaults {
    /// - Returns: the answer with its items changed; as it was where it has none.
    static func apply(_ action: FaultAction, to response: Response) -> Response {
        var parser = JSONParser(response.bytes)
        guard let json = try? parser.parseDocument(), var body = json.object, var items = body["items"]?.array,
            let last = items.last
        else { return response }
        switch action {
        case .fewerItems: items.removeLast()
        case .moreItems: items.append(last)
        case .repeatID:
            if items.count > 1, let id = items[0].object?.members.first?.value["_id"],
                var second = items[1].object, var result = second.members.first?.value.object
            {
                result["_id"] = id
                second.members[0].value = .object(result)
                items[1] = .object(second)
            }
        default: return response
        }
        body["items"] = .array(items)
        return Response(response.status, .object(body))
    }
}
