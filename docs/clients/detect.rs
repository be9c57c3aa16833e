// scripts/sdk rust client && cargo new detect && cp docs/clients/detect.rs detect/src/main.rs && cd detect &&
// cargo add specsight --path ../client && cargo add tokio --features macros,rt-multi-thread && cargo run ../models/example.jpg
use specsight::apis::configuration::{ApiKey, Configuration};
use specsight::apis::detection_api::{predict_upload, PredictUploadParams};
use specsight::apis::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SPECSIGHT_URL").unwrap_or_else(|_| "http://127.0.0.1:5000".to_owned());
    let token = std::env::var("SPECSIGHT_TOKEN").unwrap_or_default(); // a server without tokens ignores it
    let configuration = Configuration {
        base_path: url,
        api_key: Some(ApiKey { prefix: None, key: token }),
        ..Configuration::default()
    };
    let photo = std::env::args().nth(1).ok_or("Name a photo.")?;
    let upload = PredictUploadParams { file: photo.into(), score_th: Some(0.5), ..Default::default() };
    match predict_upload(&configuration, upload).await {
        Ok(answer) => {
            for found in answer.normalized_vertices {
                println!("{} {}", found.name, found.score);
            }
            Ok(())
        }
        Err(Error::ResponseError(problem)) => Err(problem.content.into()), // a Problem, which says what to do
        Err(error) => Err(error.into()),
    }
}
