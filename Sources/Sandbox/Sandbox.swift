@main
struct Sandbox {
    static func main() async {
        print("opensearch-sandbox")
    }
}
