//! Installs what the test servers need and names where it is, so that no test has to wait for it.

use std::process::ExitCode;

use countersign_test_servers::programs;

fn main() -> ExitCode {
    let mut complete = ExitCode::SUCCESS;
    for (server, found) in
        [("Redis", programs::redis()), ("Valkey", programs::valkey()), ("PostgreSQL", programs::postgres())]
    {
        match found {
            Ok(path) => println!("{server}: {}", path.display()),
            Err(problem) => {
                eprintln!("{server}: {problem}");
                complete = ExitCode::FAILURE;
            }
        }
    }
    complete
}
