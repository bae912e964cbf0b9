@main
struct Command {
    static func main() async {
        print("reindex")
    }
}
