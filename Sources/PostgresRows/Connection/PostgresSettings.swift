/// How to reach PostgreSQL, as far as libpq does not find it by itself (PG* variables, service file, passfile).
package struct PostgresSettings: Sendable {
    /// `DATABASE_URL`: a URL or a connection string; what it says goes before the PG* variables.
    package var url: String?
    /// `DATABASE_PASSWORD_COMMAND`: run by `/bin/sh -c` at each connect; its first line is the password.
    package var passwordCommand: String?

    package init(url: String? = nil, passwordCommand: String? = nil) {
        self.url = url
        self.passwordCommand = passwordCommand
    }
}
