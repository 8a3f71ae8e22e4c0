//! Stripe on actix-web 4 over PostgreSQL: the payment is booked, and its event completed, in one transaction.
//!
//! ```sh
//! export STRIPE_SIGNING_SECRET=whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH DATABASE_URL=postgres://localhost/shop
//! cargo run --example actix_postgres
//! ```

use std::env;
use std::time::Duration;

use actix_web::error::ErrorInternalServerError;
use actix_web::web::{Data, ReqData, resource};
use actix_web::{App, HttpResponse, HttpServer, Result};
use anyhow::Context;
use countersign::{Endpoint, Lease, Outcome, providers};
use countersign_actix::{Event, TokioTimer, Webhook};
use countersign_sqlx::PostgresStore;
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

#[actix_web::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt::init();
    let secret = env::var("STRIPE_SIGNING_SECRET").context("STRIPE_SIGNING_SECRET: set it to `whsec_…`")?;
    let url = env::var("DATABASE_URL").context("DATABASE_URL: set it to `postgres://host/database`")?;
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:0".to_owned());

    // A transaction whose connection went silent must not keep its event locked for as long as that lasts.
    let options: PgConnectOptions = url.parse().context("DATABASE_URL")?;
    let options = options.options([("idle_in_transaction_session_timeout", "10s")]);
    let pool = PgPool::connect_with(options).await.context("DATABASE_URL")?;
    sqlx::query("CREATE TABLE IF NOT EXISTS payments (invoice TEXT, amount BIGINT)").execute(&pool).await?;
    let store = PostgresStore::connect(&url).await.context("DATABASE_URL")?;
    store.migrate().await?;
    let endpoint = Endpoint::builder("billing", providers::STRIPE, secret).dedupe(store.clone()).build()?;
    let webhook = Webhook::new(endpoint.clone());
    let books = Data::new((pool, store));
    let server = HttpServer::new(move || {
        let hook = resource("/hooks/stripe").wrap(webhook.clone()).post(on_invoice);
        App::new().app_data(books.clone()).service(hook)
    });

    let server = server.bind(&bind).with_context(|| format!("BIND: cannot listen on {bind}"))?;
    server.addrs().iter().for_each(|address| println!("listening on http://{address}/hooks/stripe"));
    server.run().await?;
    endpoint.drain(Duration::from_secs(10), &TokioTimer).await;
    Ok(())
}

type Books = (PgPool, PostgresStore);

async fn on_invoice(books: Data<Books>, lease: ReqData<Lease>, Event(event): Event<Paid>) -> Result<HttpResponse> {
    book(&books, &lease, &event.data.object).await.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whatever ends this process, and whenever: the payment is booked and its event done, or neither is.
async fn book((pool, store): &Books, lease: &Lease, invoice: &Invoice) -> anyhow::Result<()> {
    let mut transaction = pool.begin().await?;
    let insert = sqlx::query("INSERT INTO payments VALUES ($1, $2)").bind(&invoice.id).bind(invoice.amount_paid);
    insert.execute(&mut *transaction).await?;
    store.complete_in(&mut transaction, lease, &Outcome::status_only(204)).await?;
    Ok(transaction.commit().await?)
}

#[derive(Deserialize)]
struct Paid {
    data: About,
}

#[derive(Deserialize)]
struct About {
    object: Invoice,
}

#[derive(Deserialize)]
struct Invoice {
    id: String,
    amount_paid: i64,
}
